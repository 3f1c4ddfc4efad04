-- ═══ 0001_initial.up.sql
-- shop on MySQL and MariaDB. Applied by migrate.js. Not to be edited afterwards.
-- Assumed:
--   users has the usual columns: id, email, name, password_hash, created_at, updated_at
--   orders has the usual columns: id, status, total_cents, currency, created_at, updated_at
--   products has the usual columns: id, sku, name, description, price_cents, currency, active, created_at, updated_at
--   one of users has many of orders
--   orders and products are many to many, as they usually are
--   orders and products are joined by the table order_products

CREATE TABLE `users` (
  `id` BIGINT AUTO_INCREMENT NOT NULL,
  `email` VARCHAR(254) NOT NULL,
  `name` VARCHAR(200) NULL,
  `password_hash` VARCHAR(255) NOT NULL,
  `created_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  `updated_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (`id`),
  UNIQUE KEY `users_email_key` (`email`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `orders` (
  `id` BIGINT AUTO_INCREMENT NOT NULL,
  `user_id` BIGINT NOT NULL,
  `status` VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT 'pending',
  `total_cents` BIGINT NOT NULL DEFAULT 0,
  `currency` VARCHAR(3) NOT NULL,
  `created_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  `updated_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (`id`),
  KEY `orders_status_idx` (`status`),
  KEY `orders_created_at_idx` (`created_at`),
  KEY `orders_user_id_idx` (`user_id`),
  CONSTRAINT `orders_status_check` CHECK (`status` IN ('pending', 'paid', 'shipped', 'cancelled', 'refunded')),
  CONSTRAINT `orders_total_cents_check` CHECK (`total_cents` >= 0),
  CONSTRAINT `orders_user_id_fkey` FOREIGN KEY (`user_id`) REFERENCES `users` (`id`) ON DELETE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `products` (
  `id` BIGINT AUTO_INCREMENT NOT NULL,
  `sku` VARCHAR(64) NOT NULL,
  `name` VARCHAR(200) NOT NULL,
  `description` LONGTEXT NULL,
  `price_cents` BIGINT NOT NULL,
  `currency` VARCHAR(3) NOT NULL,
  `active` BOOLEAN NOT NULL DEFAULT TRUE,
  `created_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
  `updated_at` DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (`id`),
  UNIQUE KEY `products_sku_key` (`sku`),
  CONSTRAINT `products_price_cents_check` CHECK (`price_cents` >= 0)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `order_products` (
  `order_id` BIGINT NOT NULL,
  `product_id` BIGINT NOT NULL,
  `quantity` INT NOT NULL DEFAULT 1,
  `unit_price_cents` BIGINT NOT NULL,
  PRIMARY KEY (`order_id`, `product_id`),
  KEY `order_products_product_id_idx` (`product_id`),
  CONSTRAINT `order_products_quantity_check` CHECK (`quantity` >= 1),
  CONSTRAINT `order_products_unit_price_cents_check` CHECK (`unit_price_cents` >= 0),
  CONSTRAINT `order_products_order_id_fkey` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE RESTRICT,
  CONSTRAINT `order_products_product_id_fkey` FOREIGN KEY (`product_id`) REFERENCES `products` (`id`) ON DELETE RESTRICT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- ═══ 0001_initial.down.sql
-- shop on MySQL and MariaDB. Takes the migration back, and what is stored there with it.
-- Assumed:
--   users has the usual columns: id, email, name, password_hash, created_at, updated_at
--   orders has the usual columns: id, status, total_cents, currency, created_at, updated_at
--   products has the usual columns: id, sku, name, description, price_cents, currency, active, created_at, updated_at
--   one of users has many of orders
--   orders and products are many to many, as they usually are
--   orders and products are joined by the table order_products

DROP TABLE IF EXISTS `order_products`;

DROP TABLE IF EXISTS `products`;

DROP TABLE IF EXISTS `orders`;

DROP TABLE IF EXISTS `users`;

-- ═══ roles.sql
-- The database and its accounts, once for each server, by an administrator: mysql < roles.sql
--   shop_owner: owns the tables and carries out migrations
--   shop_app: reads and writes rows
--   shop_readonly: reads rows
--   shop_backup: reads everything that a backup holds
-- Each is locked until it has a password:
--   ALTER USER 'shop_owner'@'%' IDENTIFIED BY '…' ACCOUNT UNLOCK;

CREATE DATABASE IF NOT EXISTS `shop` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE USER IF NOT EXISTS 'shop_owner'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'shop_app'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'shop_readonly'@'%' ACCOUNT LOCK;
CREATE USER IF NOT EXISTS 'shop_backup'@'%' ACCOUNT LOCK;
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW ON `shop`.* TO 'shop_owner'@'%';

-- ═══ grants.sql
-- Rights, after `node migrate.js up`, by an administrator: mysql < grants.sql
-- Again does no harm, and is needed after a migration that brings a table: the application writes no others.

GRANT SELECT ON `shop`.* TO 'shop_app'@'%';
GRANT INSERT, UPDATE, DELETE ON `shop`.`users` TO 'shop_app'@'%';
GRANT INSERT, UPDATE, DELETE ON `shop`.`orders` TO 'shop_app'@'%';
GRANT INSERT, UPDATE, DELETE ON `shop`.`products` TO 'shop_app'@'%';
GRANT INSERT, UPDATE, DELETE ON `shop`.`order_products` TO 'shop_app'@'%';
GRANT SELECT ON `shop`.* TO 'shop_readonly'@'%';
GRANT SELECT, SHOW VIEW, TRIGGER ON `shop`.* TO 'shop_backup'@'%';
