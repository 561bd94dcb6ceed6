#define GREETING "good morning"
