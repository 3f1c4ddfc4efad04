<?php
// insert.php <site directory> <host:port> <file>: inserts the posts of a JSON file one after the other in this process,
// as [{"title", "content", "slug", "date", "categories": [id], "tags": [id]}], and prints the milliseconds that took.
[, $site, $host, $file] = $argv;
$_SERVER += ['HTTP_HOST' => $host, 'REQUEST_URI' => '/', 'SERVER_PROTOCOL' => 'HTTP/1.1', 'REQUEST_METHOD' => 'GET'];
require "$site/wp-load.php";
wp_set_current_user(1);
$posts = json_decode(file_get_contents($file), true, 512, JSON_THROW_ON_ERROR);

$start = hrtime(true);
foreach ($posts as $post) {
    $id = wp_insert_post(wp_slash([
        'post_title' => $post['title'], 'post_content' => $post['content'], 'post_name' => $post['slug'],
        'post_date' => $post['date'], 'post_status' => 'publish', 'post_type' => 'post',
    ]), true);
    if (is_wp_error($id)) {
        fwrite(STDERR, $id->get_error_message());
        exit(1);
    }
    wp_set_post_terms($id, $post['categories'], 'category');
    wp_set_post_terms($id, $post['tags'], 'post_tag');
}
echo (hrtime(true) - $start) / 1e6;
