"""SQL that Django's ORM cannot express, and transactions on PostgreSQL's own pipeline."""
