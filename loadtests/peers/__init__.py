"""The same job with Celery, RabbitMQ and SMTP: as people write it, and tuned.

These modules run in an environment of their own (`infra/requirements/peers.txt`), without Recado.
"""
