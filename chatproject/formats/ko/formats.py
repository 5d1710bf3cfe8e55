"""Korean dates and times: 2026년 11월 21일 오후 1:27. Django's format puts 오후 after the time."""

DATETIME_FORMAT = "Y년 n월 j일 A g:i"
