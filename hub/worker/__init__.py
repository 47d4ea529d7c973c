"""Celery, thin: queues and tasks."""
