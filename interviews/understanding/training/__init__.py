"""How the model of intents is made: the texts written for it and the trainer."""
