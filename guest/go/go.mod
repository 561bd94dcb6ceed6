module doverb

go 1.24
