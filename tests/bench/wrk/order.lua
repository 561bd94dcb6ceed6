-- An order of 1 KiB in JSON.
local items = {}
for number = 1, 22 do
    items[number] = string.format('{"name":"item %02d","price":%d,"count":%d}', number, 100 + number, number % 5 + 1)
end

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"items":[' .. table.concat(items, ",") .. "]}"
