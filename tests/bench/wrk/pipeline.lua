-- Sixteen requests in one write; wrk counts each answer.
local batch

init = function()
    batch = wrk.format("GET", "/"):rep(16)
end

request = function()
    return batch
end
