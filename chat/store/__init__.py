"""SQL that Django's ORM cannot express, and transactions in a pipeline of PostgreSQL."""
