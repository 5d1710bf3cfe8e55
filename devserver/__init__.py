"""The site under development: `bin/dev` serves it from the source and reloads it. The product imports none of it."""
