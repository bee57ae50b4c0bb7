-- The site whose order page the message about an order links to. NULL in rows of earlier versions, whose messages have no link.
ALTER TABLE order_confirmations ADD COLUMN origin TEXT;
