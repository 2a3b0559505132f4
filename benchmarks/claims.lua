-- wrk: claims, each of one coupon for a customer of its own, with a limit of one and an event.
-- wrk ... -s claims.lua URL -- KEY ASSET NUMBER

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local count = 0

function init(args)
  key, asset, seed = args[1], args[2], args[3]
end

function request()
  count = count + 1
  local customer = tonumber(seed) * 100000000 + number * 10000000 + count
  local owner = string.format("customer:%d", customer)
  return wrk.format("POST", "/v1/ledger/post", {
    ["Content-Type"] = "application/json",
    ["Authorization"] = "Bearer " .. key,
    ["Idempotency-Key"] = seed .. ":" .. customer,
  }, string.format(
    '{"legs":[["%s","stock",-1],["%s","%s",1]],"limits":[["%s","%s",1]],'
      .. '"events":[["Coupon Claimed",%d,{"coupon":"%s"}]]}',
    asset, asset, owner, asset, owner, customer, asset))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
