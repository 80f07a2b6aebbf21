"""What a deployment needs, checked before `make plan`; nothing is changed: `make preflight`.

Read in this order: configuration.py (which Terraform configuration), variables.py and settings.py
(what it is set to), aws.py (asking AWS), state.py (what this deployment has already), then a module
for each kind of check: tools.py, account.py, backend.py, mail.py, capacity.py, names.py, key.py,
certificate.py.
"""
