"""How right engines and the router are on pages whose text is known, and the tables that routing stands on."""
