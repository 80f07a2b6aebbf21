"""Writes the tables of inputs and outputs into the README of each Terraform module."""
