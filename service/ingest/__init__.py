"""Takes deliveries of data: reads their files, checks every row, and hands what is good to the facts' door."""
