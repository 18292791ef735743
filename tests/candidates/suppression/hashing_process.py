"""A process that hashes a number from many threads at once, for the first time; prints every hash it got.

Run as `python -m tests.candidates.suppression.hashing_process PHONE`; it begins with the first line on standard input.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import django

THREADS = 16


def main(phone: str) -> None:
    """Say that we are ready, wait for the start, hash, and print the hashes as JSON."""
    django.setup()
    from candidates.suppression import number_id

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    with ThreadPoolExecutor(THREADS) as pool:
        hashes = list(pool.map(number_id, [phone] * THREADS))
    sys.stdout.write(json.dumps(sorted(set(hashes))))


if __name__ == "__main__":
    main(sys.argv[1])
