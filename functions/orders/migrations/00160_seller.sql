-- +goose Up
ALTER TABLE orders ADD COLUMN seller_id integer; -- of the ticket; null: not yet, 00161_sales_of_seller.sql is under way

-- A trigger, so that what old replicas store is found, too. A ticket's seller never changes.
-- +goose StatementBegin
CREATE FUNCTION set_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.seller_id := (SELECT user_id FROM tickets WHERE id = NEW.ticket_id);
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER set_seller BEFORE INSERT ON orders FOR EACH ROW WHEN (NEW.seller_id IS NULL) EXECUTE FUNCTION set_seller();
