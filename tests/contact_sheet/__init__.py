"""Pictures of every page and state of the site, wide and narrow, light and dark, in each language, on one sheet.

    var/venv/bin/python -m tests.contact_sheet [--only WORD …] [--looks wide-light-en …] [--readme]

A look at the sheet shows what a change of a style or a template did elsewhere. It is written into var/contact-sheet/.
"""
