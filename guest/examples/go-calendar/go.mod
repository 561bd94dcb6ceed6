module go-calendar

go 1.24
