<?php
// run.php <site directory> <host:port>: runs the PHP on standard input inside WordPress, as its first administrator.
[, $site, $host] = $argv;
$_SERVER += ['HTTP_HOST' => $host, 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET'];
require "$site/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/admin.php';
wp_set_current_user(1);
eval(stream_get_contents(STDIN));
