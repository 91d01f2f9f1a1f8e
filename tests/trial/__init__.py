"""Two twins that share their groups, while twins join, leave and die and functions are killed: nothing is lost."""
