/**
 * A must-use plug-in that imitates how Polylang, Polylang Pro and WPML behave in the API; which one, the option `imitates`
 * says. It proves what we make of such answers, not how the plug-ins behave: those are not free, or not ours to carry.
 * Languages stand in post meta; `_group` is the lowest id among translations. `im_deaf` makes listings ignore `lang`, and with
 * `im_silent` new entries get no language.
 */
export const LANGUAGE_PLUGINS = `<?php
$imitates = get_option('imitates');
if (!$imitates) return;
$pro = $imitates === 'polylang-pro';
$wpml = $imitates === 'wpml';
function im_langs() { return ['en' => 'en_US', 'de' => 'de_DE']; }
function im_lang($id) { return get_post_meta($id, '_lang', true) ?: ''; }
function im_group($id) { return (int) (get_post_meta($id, '_group', true) ?: $id); }
function im_translations($id) {
  global $wpdb;
  $group = im_group($id);
  $ids = $wpdb->get_col("SELECT post_id FROM $wpdb->postmeta WHERE meta_key = '_group' AND meta_value = '$group'");
  $found = [];
  foreach (array_unique([$group, (int) $id, ...array_map('intval', $ids)]) as $one) {
    if (im_lang($one) && get_post_status($one) !== 'trash') $found[im_lang($one)] = $one;
  }
  return $found;
}
function im_link($ids) { $first = min($ids); foreach ($ids as $one) update_post_meta($one, '_group', $first); }
function im_translated($type) { return in_array($type, ['post', 'page'], true); }
function im_only($query, $lang) { $query['meta_query'] = [['key' => '_lang', 'value' => $lang]]; return $query; }

// An entry gets the default language as soon as it is stored, and its own a moment later.
add_action('save_post', function ($id, $post) {
  if (im_translated($post->post_type) && !im_lang($id) && !get_option('im_silent')) update_post_meta($id, '_lang', 'en');
}, 5, 2);

if ($pro || $wpml) {
  add_filter('wp_unique_post_slug', function ($slug, $id, $status, $type, $parent, $original) {
    global $wpdb;
    if (!im_translated($type) || !im_lang($id)) return $slug;
    $holders = $wpdb->get_col($wpdb->prepare("SELECT ID FROM $wpdb->posts WHERE post_name = %s AND post_type = %s AND ID <> %d", $original, $type, $id));
    foreach ($holders as $other) if (im_lang($other) === im_lang($id)) return $slug;
    return $original;
  }, 10, 6);
}

add_action('rest_api_init', function () use ($pro, $wpml) {
  if ($wpml) { register_rest_route('wpml/v1', '/ping', ['methods' => 'GET', 'callback' => '__return_true', 'permission_callback' => '__return_true']); return; }
  register_rest_route('pll/v1', '/languages', ['methods' => 'GET', 'permission_callback' => '__return_true', 'callback' => fn() => array_map(
    fn($slug, $locale) => ['slug' => $slug, 'locale' => $locale, 'is_default' => $slug === 'en', 'name' => $slug],
    array_keys(im_langs()), im_langs())]);
  if (!$pro) return;
  foreach (['post', 'page'] as $type) {
    register_rest_field($type, 'lang', ['get_callback' => fn($row) => im_lang($row['id']) ?: false,
      'update_callback' => fn($lang, $post) => update_post_meta($post->ID, '_lang', $lang), 'schema' => ['type' => 'string']]);
    register_rest_field($type, 'translations', ['get_callback' => fn($row) => im_translations($row['id']),
      'update_callback' => fn($ids, $post) => im_link([...array_map('intval', array_values($ids)), $post->ID]), 'schema' => ['type' => 'object']]);
    add_filter("rest_{$type}_query", fn($query, $request) => empty($request['lang']) || get_option('im_deaf') ? $query
      : im_only($query, isset(im_langs()[$request['lang']]) ? $request['lang'] : 'en'), 10, 2);
  }
});

if (!$pro && !$wpml) {
  function pll_languages_list($args = []) { return array_map(fn($slug, $locale) => ($args['fields'] ?? '') === 'slug' ? $slug
    : (object) ['slug' => $slug, 'locale' => $locale], array_keys(im_langs()), im_langs()); }
  function pll_default_language() { return 'en'; }
  function pll_is_translated_post_type($type) { return im_translated($type); }
  function pll_get_post_language($id, $field = 'slug') { return im_lang($id) ?: false; }
  function pll_set_post_language($id, $lang) { update_post_meta($id, '_lang', $lang); }
  function pll_get_post_translations($id) { return im_translations($id); }
  function pll_save_post_translations($ids) { im_link(array_values($ids)); }
  add_action('pre_get_posts', function ($query) {
    if ($query->get('lang')) $query->set('meta_query', [['key' => '_lang', 'value' => $query->get('lang')]]);
  });
}

if ($wpml) {
  $GLOBALS['im_current'] = $_GET['lang'] ?? 'en';
  // Asked for all, it shows the default language only: the worst it could do.
  add_action('wpml_switch_language', function ($lang) { $GLOBALS['im_current'] = $lang === 'all' ? 'en' : $lang; });
  add_action('pre_get_posts', function ($query) {
    $types = array_filter((array) $query->get('post_type'), 'im_translated');
    if ($types && !$query->get('suppress_filters') && $GLOBALS['im_current'] !== 'all')
      $query->set('meta_query', [['key' => '_lang', 'value' => $GLOBALS['im_current']]]);
  });
  add_filter('wpml_active_languages', fn() => array_map(fn($code, $locale) => ['language_code' => $code, 'default_locale' => $locale],
    array_combine(array_keys(im_langs()), array_keys(im_langs())), array_combine(array_keys(im_langs()), im_langs())));
  add_filter('wpml_default_language', fn() => 'en');
  add_filter('wpml_is_translated_post_type', fn($value, $type) => im_translated($type), 10, 2);
  add_filter('wpml_element_language_details', fn($value, $args) => (object) ['language_code' => im_lang($args['element_id']), 'trid' => im_group($args['element_id'])], 10, 2);
  add_filter('wpml_element_trid', fn($value, $id, $type) => im_group($id), 10, 3);
  add_filter('wpml_get_element_translations', fn($value, $trid, $type) => array_map(fn($id) => (object) ['element_id' => $id], im_translations($trid)), 10, 3);
  add_action('wpml_set_element_language_details', function ($args) {
    update_post_meta($args['element_id'], '_lang', $args['language_code']);
    if ($args['trid']) im_link([$args['trid'], $args['element_id']]);
  });
}
`;
