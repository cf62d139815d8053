-- +goose Up
-- A ticket that is sold is free again after a refund. Over from now on: withdrawn by its seller.
UPDATE tickets SET over = false WHERE over AND status = 'sold';
