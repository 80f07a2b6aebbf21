"""The AWS engine on this machine: its process, its clients, and the hooks that close its gaps."""
