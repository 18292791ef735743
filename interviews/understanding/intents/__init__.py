"""What the person wants: by rules and phrases, by a small model, and whether a yes is a yes to what was asked."""
