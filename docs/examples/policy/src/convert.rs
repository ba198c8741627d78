//! From the types of the interface as it is imported to those of the interface as it is exported,
//! and back. They have the same fields; for the compiler they are two.

use crate::adapter as theirs;
use crate::own;

pub fn description(it: theirs::Description) -> own::Description {
    own::Description {
        name: it.name,
        version: it.version,
        doc: it.doc,
        hosts: it.hosts,
        settings: it.settings.into_iter().map(setting).collect(),
        grants: it.grants.into_iter().map(grant).collect(),
    }
}

fn setting(it: theirs::Setting) -> own::Setting {
    use theirs::SettingKind as Kind;
    own::Setting {
        name: it.name,
        kind: match it.kind {
            Kind::Text => own::SettingKind::Text,
            Kind::Boolean => own::SettingKind::Boolean,
            Kind::Integer => own::SettingKind::Integer,
            Kind::Number => own::SettingKind::Number,
            Kind::Texts => own::SettingKind::Texts,
        },
        doc: it.doc,
        default: it.default,
    }
}

fn grant(it: theirs::GrantRequest) -> own::GrantRequest {
    use theirs::GrantRequest as Grant;
    match it {
        Grant::Folder(it) => own::GrantRequest::Folder(own::FolderRequest {
            path: it.path,
            writable: it.writable,
            optional: it.optional,
            doc: it.doc,
        }),
        Grant::Address(it) => own::GrantRequest::Address(it),
        Grant::Host(it) => own::GrantRequest::Host(own::HostRequest {
            name: it.name,
            optional: it.optional,
            start: it.start,
        }),
        Grant::Environment(it) => own::GrantRequest::Environment(it),
    }
}

pub fn opening(it: own::Opening) -> theirs::Opening {
    let folder = |it: own::GrantedFolder| theirs::GrantedFolder {
        path: it.path,
        host_path: it.host_path,
        writable: it.writable,
    };
    theirs::Opening {
        settings: it.settings,
        user: it.user,
        machine: it.machine,
        folders: it.folders.into_iter().map(folder).collect(),
    }
}

pub fn discovery(it: theirs::Discovery) -> own::Discovery {
    let broken = |it: theirs::BrokenPlugin| own::BrokenPlugin {
        file: it.file,
        failure: it.failure,
    };
    let left_out = |it: theirs::LeftOutPlugin| own::LeftOutPlugin {
        name: it.name,
        file: it.file,
        reason: it.reason,
    };
    own::Discovery {
        plugins: it.plugins,
        broken: it.broken.into_iter().map(broken).collect(),
        left_out: it.left_out.into_iter().map(left_out).collect(),
        hosts: it.hosts,
        targets: it.targets,
        stop_test: it.stop_test,
    }
}

pub fn action(it: own::ActionCall) -> theirs::ActionCall {
    theirs::ActionCall {
        plugin: it.plugin,
        action: it.action,
        instance: it.instance,
    }
}

pub fn event(it: own::Event) -> theirs::Event {
    theirs::Event {
        name: it.name,
        arguments: it.arguments,
    }
}
