module differential-go

go 1.24
