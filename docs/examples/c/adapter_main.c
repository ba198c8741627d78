/* An adapter in C: each line of /work/shots.txt is a shot, and no shot may be without frames.
 *
 *     hero 24
 *     crowd 0
 *
 * What an exported function is given belongs to it, so it frees that. What it answers is freed by
 * the code that wit-bindgen makes, so all of it is allocated: `text`, and not a literal. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/adapter.h"

#define FILE_NAME "/work/shots.txt"
#define MOST 1000

struct shot {
  char id[16];
  char name[64];
  int64_t frames;
};

/* A session of the contract: there is one in each instance of the component. */
struct exports_service_session_t {
  struct shot shots[MOST];
  size_t count;
  /* Counts all shots that were ever there, so that no id is used twice. */
  unsigned made;
};

typedef struct exports_service_session_t session_t;

/* ---- texts and lists ---- */

static adapter_string_t text(const char *words) {
  adapter_string_t made;
  adapter_string_dup(&made, words);
  return made;
}

static bool is(adapter_string_t text, const char *words) {
  return text.len == strlen(words) && memcmp(text.ptr, words, text.len) == 0;
}

static adapter_list_string_t list(const char *words) {
  adapter_list_string_t made = {malloc(sizeof(adapter_string_t)), 1};
  made.ptr[0] = text(words);
  return made;
}

/* ---- what is said during a call ---- */

static void say(work_borrow_call_t call, uint8_t level, const char *words) {
  work_log_record_t record = {0};
  record.level.tag = level;
  /* What an import is given stays ours, so a literal will do. */
  adapter_string_set(&record.message, words);
  adapter_string_set(&record.logger, "shots");
  work_method_call_log(call, &record);
}

static model_failure_t failure(const char *kind, const char *title, const char *message) {
  model_failure_t made = {0};
  made.kind.tag = MODEL_FAILURE_KIND_RAISED;
  made.kind.val.raised = text(kind);
  made.title.is_some = true;
  made.title.val = text(title);
  made.message = text(message);
  return made;
}

static void fail(model_outcome_t *outcome, const char *kind, const char *title, const char *words) {
  outcome->failure.is_some = true;
  outcome->failure.val = failure(kind, title, words);
}

/* ---- the plug-ins ---- */

static void collect_shots(session_t *session, work_borrow_call_t call, model_outcome_t *outcome) {
  FILE *file = fopen(FILE_NAME, "r");
  if (!file) {
    fail(outcome, "NoShots", "No shots", FILE_NAME " cannot be read: write one, a shot and its frames a line");
    return;
  }
  model_change_t *changes = calloc(MOST, sizeof *changes);
  size_t count = 0;
  struct shot shot;
  char line[256];
  long long frames;
  while (count < MOST && session->count < MOST && fgets(line, sizeof line, file)) {
    if (sscanf(line, "%63s %lld", shot.name, &frames) != 2) continue;
    shot.frames = frames;
    snprintf(shot.id, sizeof shot.id, "s%u", ++session->made);
    session->shots[session->count++] = shot;
    snprintf(line, sizeof line, "Found %s", shot.name);
    say(call, MODEL_LEVEL_INFO, line);

    model_datum_t *data = calloc(2, sizeof *data);
    data[0].key = text("family");
    data[0].value = (model_value_t){.tag = MODEL_VALUE_TEXT, .val.text = text("shot")};
    data[1].key = text("frames");
    data[1].value = (model_value_t){.tag = MODEL_VALUE_INTEGER, .val.integer = shot.frames};
    model_change_t *change = &changes[count++];
    change->tag = MODEL_CHANGE_INSTANCE_ADDED;
    change->val.instance_added = (model_instance_t){
        .id = text(shot.id), .name = text(shot.name), .data = {data, 2}};
  }
  fclose(file);
  outcome->changes.ptr = changes;
  outcome->changes.len = count;
}

static struct shot *find(session_t *session, model_instance_id_t id) {
  for (size_t i = 0; i < session->count; i++)
    if (is(id, session->shots[i].id)) return &session->shots[i];
  return NULL;
}

static void validate_frames(struct shot *shot, model_outcome_t *outcome) {
  char words[160];
  if (shot->frames > 0) return;
  snprintf(words, sizeof words, "%s has no frames: correct it in %s", shot->name, FILE_NAME);
  fail(outcome, "NoFrames", "No frames", words);
}

static model_plugin_t plugin(const char *name, const char *doc, double order, uint8_t scope) {
  model_plugin_t made = {
      .id = text(name), .name = text(name), .order = order, .families = list("*"),
      .hosts = list("*"), .targets = list("default"), .active = true, .processes = scope,
      .base = text(scope == MODEL_SCOPE_CONTEXT ? "ContextPlugin" : "InstancePlugin")};
  made.doc.is_some = true;
  made.doc.val = text(doc);
  return made;
}

/* ---- what the component exports ---- */

void exports_service_describe(exports_service_description_t *ret) {
  *ret = (exports_service_description_t){.name = text("shots"), .version = text("0.1.0"),
      .doc = text("Publishes the shots of a text file."), .hosts = list("shots")};
  exports_service_grant_request_t *work = malloc(sizeof *work);
  work->tag = EXPORTS_SERVICE_GRANT_REQUEST_FOLDER;
  work->val.folder = (exports_service_folder_request_t){
      .path = text("/work"), .doc = text("The folder with shots.txt.")};
  ret->grants.ptr = work;
  ret->grants.len = 1;
}

bool exports_service_static_session_open(exports_service_borrow_call_t call,
    exports_service_opening_t *opening, exports_service_opened_t *ret, exports_service_failure_t *err) {
  exports_service_opening_free(opening);
  *ret = (exports_service_opened_t){0};
  ret->session = exports_service_session_new(calloc(1, sizeof(session_t)));
  return true;
}

void exports_service_session_destructor(session_t *session) { free(session); }

void exports_service_method_session_reset(session_t *session, exports_service_borrow_call_t call,
    exports_service_outcome_t *ret) {
  session->count = 0;
  *ret = (model_outcome_t){0};
}

bool exports_service_method_session_discover(session_t *session, exports_service_borrow_call_t call,
    exports_service_discovery_t *ret, exports_service_failure_t *err) {
  *ret = (exports_service_discovery_t){0};
  ret->plugins.ptr = malloc(2 * sizeof(model_plugin_t));
  ret->plugins.len = 2;
  ret->plugins.ptr[0] = plugin("CollectShots", "Read shots.txt.", 0, MODEL_SCOPE_CONTEXT);
  ret->plugins.ptr[1] = plugin("ValidateFrames", "A shot has frames.", 1, MODEL_SCOPE_INSTANCE);
  return true;
}

/* One outcome for each pair, in the order of the pairs, until `finished` says no. */
void exports_service_method_session_process(session_t *session, exports_service_borrow_call_t call,
    exports_service_borrow_batch_t batch, exports_service_list_pair_t *pairs) {
  bool goes_on = true;
  for (size_t i = 0; goes_on && i < pairs->len; i++) {
    model_pair_t *pair = &pairs->ptr[i];
    model_outcome_t outcome = {0};
    if (is(pair->plugin, "CollectShots")) {
      collect_shots(session, call, &outcome);
    } else {
      struct shot *shot = pair->instance.is_some ? find(session, pair->instance.val) : NULL;
      if (shot) validate_frames(shot, &outcome);
      else fail(&outcome, "NoInstance", "Not there", "this instance is gone: reset");
    }
    work_list_outcome_t outcomes = {&outcome, 1};
    goes_on = work_method_batch_finished(batch, &outcomes);
    model_outcome_free(&outcome);
  }
  exports_service_list_pair_free(pairs);
}

void exports_service_method_session_repair(session_t *session, exports_service_borrow_call_t call,
    exports_service_pair_t *pair, exports_service_outcome_t *ret) {
  *ret = (model_outcome_t){0};
  fail(ret, "NoRepair", "No repair", "this plug-in repairs nothing");
  exports_service_pair_free(pair);
}

void exports_service_method_session_act(session_t *session, exports_service_borrow_call_t call,
    exports_service_action_call_t *action, exports_service_outcome_t *ret) {
  *ret = (model_outcome_t){0};
  fail(ret, "NoAction", "No action", "this plug-in has no actions");
  exports_service_action_call_free(action);
}

/* All that a frontend changes is accepted, so it is answered as it came. */
void exports_service_method_session_apply(session_t *session, exports_service_borrow_call_t call,
    exports_service_list_change_t *changes, exports_service_outcome_t *ret) {
  *ret = (model_outcome_t){0};
  for (size_t i = 0; i < changes->len; i++) {
    model_change_t *change = &changes->ptr[i];
    if (change->tag != MODEL_CHANGE_DATA_SET) continue;
    model_data_set_t *set = &change->val.data_set;
    bool of_instance = set->owner.tag == MODEL_DATA_OWNER_INSTANCE;
    struct shot *shot = of_instance ? find(session, set->owner.val.instance) : NULL;
    if (shot && is(set->key, "frames") && set->value.tag == MODEL_VALUE_INTEGER)
      shot->frames = set->value.val.integer;
  }
  ret->changes.ptr = changes->ptr;
  ret->changes.len = changes->len;
}

void exports_service_method_session_notify(session_t *session, exports_service_borrow_call_t call,
    exports_service_event_t *event, exports_service_outcome_t *ret) {
  *ret = (model_outcome_t){0};
  exports_service_event_free(event);
}

void exports_service_method_session_close(session_t *session, exports_service_borrow_call_t call) {}
