"""What people say about figures of pay: disputes, adjustments, the manager's review."""
