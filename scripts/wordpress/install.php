<?php
// install.php <site directory> <host:port>: sets the site up with one user per role and prints
// {"version": "...", "users": {"<login>": "<application password>"}} as its last line.
[, $site, $host] = $argv;
define('WP_INSTALLING', true);
$_SERVER += ['HTTP_HOST' => $host, 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET'];
function wp_new_blog_notification() {} // would send mail
require "$site/wp-load.php";
require ABSPATH . 'wp-admin/includes/upgrade.php';

// With a permalink structure in place the installer does not probe the site over HTTP, which is not up yet.
add_filter('pre_option_permalink_structure', fn () => '/%postname%/');
wp_install('Test site', 'admin', 'admin@example.test', true, '', 'admin-pass');
remove_all_filters('pre_option_permalink_structure');
global $wp_rewrite, $wp_version;
$wp_rewrite->init();
$wp_rewrite->set_permalink_structure('/%postname%/');
flush_rewrite_rules();

$roles = ['admin' => 'administrator', 'ed' => 'editor', 'auth' => 'author', 'contrib' => 'contributor', 'sub' => 'subscriber'];
$passwords = [];
foreach ($roles as $login => $role) {
    $id = username_exists($login) ?: wp_insert_user([
        'user_login' => $login, 'user_pass' => "$login-pass", 'user_email' => "$login@example.test", 'role' => $role,
    ]);
    [$passwords[$login]] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'ainstein-cms']);
}
echo "\n", json_encode(['version' => $wp_version, 'users' => $passwords]), "\n";
