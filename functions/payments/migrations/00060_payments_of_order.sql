-- +goose Up
CREATE INDEX payments_of_order ON payments (order_id); -- for GetOrderPayment, which asks for those that failed, too
