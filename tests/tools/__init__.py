"""Tools that run a whole Callflow: the torture, which breaks it and audits, and the bench, which measures it."""
