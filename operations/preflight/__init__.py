"""What a deployment needs, checked before `make plan`; nothing is changed: `make preflight`.

Read in this order: variables.py and settings.py (what is to be deployed), aws.py (asking AWS),
state.py (what this deployment has already), then a module for each kind of check: tools.py,
account.py, backend.py, mail.py, capacity.py, names.py, key.py, certificate.py.
"""
