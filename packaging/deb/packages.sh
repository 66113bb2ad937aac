# shellcheck shell=bash disable=SC2154 # what tools/make-deb assigns
# What each Debian package holds: one function for each, which fills $tree.

packages=(wavetrain wavetrain-agent wavetrain-controller)

maintainer='Wavetrain maintainers <maintainers@example.com>'
homepage='https://example.com/wavetrain'

describe_wavetrain() {
    summary='releases software to many regions wave by wave (command)'
    about='The command of operators and approvers: checks and rehearses plans, starts releases, shows what holds them, takes
 decisions, and verifies the audit log offline.'
    depends='' suggests='wavetrain-controller'
}

fill_wavetrain() {
    program wavetrain
    documents docs/*.md
    put docs/plan.schema.json /usr/share/wavetrain/plan.schema.json
    put docs/bundle.schema.json /usr/share/wavetrain/bundle.schema.json
    completion wavetrain
}

describe_wavetrain-agent() {
    summary='releases software to many regions wave by wave (agent)'
    about='One for each host: dials the controller, obeys signed orders for this host only, applies them, tests and watches
 what runs, and goes back by itself when a new version does not come up.'
    depends='ca-certificates' suggests='wavetrain'
}

fill_wavetrain-agent() {
    program wavetrain-agent
    put agents/wavetrain-agent.service /lib/systemd/system/wavetrain-agent.service
    # Every key is explained, none is set but the default root: enrolment says where the controller is.
    configuration agents/agent.yaml /etc/wavetrain/agent.yaml 'root'
    recipes agents/recipes
    documents agents/README.md docs/operations.md
}

describe_wavetrain-controller() {
    summary='releases software to many regions wave by wave (controller)'
    about='Holds plans and releases, dispatches signed orders to the agents of each region, and promotes wave by wave; asks
 people only what a plan says that people must decide.'
    depends='adduser, ca-certificates' suggests='wavetrain, git'
}

fill_wavetrain-controller() {
    program wavetrain-controller
    put controller/wavetrain-controller.service /lib/systemd/system/wavetrain-controller.service
    configuration controller/controller.yaml /etc/wavetrain/controller.yaml 'cluster|data|names|operators'
    recipes controller/recipes
    local plan
    for plan in controller/plans/*; do
        if [[ -d $plan ]]; then copy "$plan" "/usr/share/doc/$package/plans/${plan##*/}"
        else put "$plan" "/usr/share/doc/$package/plans/${plan##*/}"; fi
    done
    documents controller/README.md docs/operations.md docs/plan-language.md docs/api.md docs/audit.md
}
