-- wrk: batches of 100 events of about 560 bytes with ids of their own; a fifth repeats earlier ones.
-- wrk ... -s batches.lua URL -- BASIC_CREDENTIALS SEED

local threads = 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

local time = "2026-11-22T09:00:00.000Z"
local before = '{"type":"track","messageId":"'
local between = '","anonymousId":"8f1a2b3c-1111-2222-3333-'
local rest = '","userId":"10023","event":"Product Viewed","timestamp":"' .. time .. '","properties":{'
  .. '"product_id":"SKU-10023","name":"Green tea 500 g","category":"Tea","price":59.9,'
  .. '"currency":"CNY","quantity":1,"url":"https://shop.example/p/10023"},"context":{"library":'
  .. '{"name":"analytics-node","version":"2.1.0"},"page":{"url":"https://shop.example/p/10023",'
  .. '"referrer":"https://search.example/"},"campaign":{"source":"wechat","medium":"social"}}}'
local tail = '],"sentAt":"' .. time .. '"}'
local count, last = 0, {}

function init(args)
  headers = { ["Content-Type"] = "application/json", ["Authorization"] = "Basic " .. args[1] }
  seed = args[2] or "0"
end

function request()
  count = count + 1
  local ids, out = {}, { '{"batch":[' }
  for place = 1, 100 do
    local id = place <= 20 and last[place + 50]
      or string.format("%s-%d-%08d-%03d", seed, number, count, place)
    ids[place] = id
    if place > 1 then out[#out + 1] = "," end
    out[#out + 1] = before
    out[#out + 1] = id
    out[#out + 1] = between
    out[#out + 1] = string.format("%012d", (count * 7 + place) % 50000)
    out[#out + 1] = rest
  end
  last = ids
  out[#out + 1] = tail
  return wrk.format("POST", "/v1/batch", headers, table.concat(out))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"max_ms":%.3f,"errors":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, latency.max / 1000,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
