"""The goals of the project, and the names of the figures that meet them."""

from bench.report import Goal

GOALS = (
    Goal("durable USSD hop vs best in-memory peer", "hop / in-memory", 1.5, 2.5, "x", more=True),
    Goal("the same on the report journey", "report hop / in-memory", 1.5, 2.5, "x", more=True),
    Goal("vs the usual stack", "hop / usual", 5, 8, "x", more=True),
    Goal("p99 at 16 connections vs p50", "hop p99 / p50", 3, 2, "x"),
    Goal("vs anysd", "hop / anysd", 6, 12, "x", more=True),
    Goal("vs splathash", "hop / splathash", 8, 15, "x", more=True),
    Goal("vs ussd-airflow-engine", "hop / ussd-airflow-engine", 40, 75, "x", more=True),
    Goal("PostgreSQL hop vs the usual stack on PostgreSQL", "pg hop / pg usual", 2, 3, "x", more=True),
    Goal("SMS inbound vs RapidSMS, blocking router", "sms / blocking", 10, 25, "x", more=True),
    Goal("SMS inbound vs RapidSMS, db router", "sms / db", 50, 130, "x", more=True),
    Goal("the same, of texts that the db router has handled", "sms / db handled", 50, 130, "x", more=True),
    Goal("outbound at 128 connections, of connections / answer time", "outbound 128", 0.80, 0.88, "", more=True),
    Goal("1M cases vs 1k, SQLite: hop", "growth sqlite hop", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, SQLite: hop of a report", "growth sqlite report hop", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, SQLite: status look-up", "growth sqlite status", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, SQLite: claim", "growth sqlite claim", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, SQLite: queue page", "growth sqlite queue page", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, PostgreSQL: hop", "growth postgresql hop", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, PostgreSQL: hop of a report", "growth postgresql report hop", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, PostgreSQL: status look-up", "growth postgresql status", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, PostgreSQL: claim", "growth postgresql claim", 1.3, 1.1, "x"),
    Goal("1M cases vs 1k, PostgreSQL: queue page", "growth postgresql queue page", 1.3, 1.1, "x"),
    Goal("idle hop p50 vs fdatasync p50", "idle hop / fdatasync", 4, 2.2, "x"),
    Goal("the same vs fdatasync after the same rest", "idle hop / rested fdatasync", 4, 2.2, "x"),
    Goal("parse of one SMS", "parse ms", 1, 0.2, "ms"),
    Goal("key press of danger to alert handed to the carrier, p99", "danger p99 s", 2, 0.5, "s"),
    Goal("memory of one web process", "web MB", 150, 90, "MB"),
    Goal("memory of the worker", "worker MB", 150, 90, "MB"),
)
