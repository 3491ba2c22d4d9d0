"""Alembic's history of the schema: how an older database becomes what ``storage.schema`` says."""
