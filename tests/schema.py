#!/usr/bin/python3
"""Validates a JSON file against a JSON Schema: tests/schema.py SCHEMA FILE"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as schema, open(sys.argv[2], encoding="utf-8") as document:
    jsonschema.validate(json.load(document), json.load(schema))
