-- One journey after another on every connection: wrk -t16 -c16 -s load.lua URL -- JOURNEY.lua RUN
-- A thread holds one connection, so its hops follow one another as a phone's do. Every answer is checked.

local threads = {}

function setup(thread)
    thread:set("number", #threads)
    table.insert(threads, thread)
end

function init(args)
    journey = dofile(args[1])
    run = tonumber(args[2])
    session, hop, waiting = 0, 0, false
    right, wrong, first_wrong = 0, 0, ""
    headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
end

function request()
    if not waiting then -- an unanswered hop is sent again: wrk asks for one request before it connects
        waiting = true
        hop = hop % #journey.hops + 1
        if hop == 1 or journey.fresh then
            session = session + 1
            id = string.format("%03d%02d%04d", run % 1000, number, session % 10000)
        end
    end
    return wrk.format("POST", journey.path, headers, table.concat(journey.hops[hop].pieces, id))
end

function response(status, _, body)
    waiting = false
    local expected = journey.hops[hop].expected
    if status == 200 and body:sub(1, #expected) == expected then
        right = right + 1
        return
    end
    wrong = wrong + 1
    if first_wrong == "" then
        first_wrong = "hop " .. hop .. ": " .. status .. " " .. body:sub(1, 60)
    end
    hop = 0
end

function done(summary, latency, _)
    local hops, faults, first = 0, 0, ""
    for _, thread in ipairs(threads) do
        hops = hops + thread:get("right")
        faults = faults + thread:get("wrong")
        if first == "" then first = thread:get("first_wrong") end
    end
    local errors = summary.errors
    local lost = errors.connect + errors.read + errors.write + errors.timeout
    if lost > 0 and first == "" then first = lost .. " connections failed or timed out" end
    io.write(string.format("BENCH %d %d %d %d %d %s\n", hops, faults + lost, summary.duration,
        latency:percentile(50), latency:percentile(99), (first:gsub("[\r\n]", " "))))
end
