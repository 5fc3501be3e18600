// femo_gsr: reads a Grove GSR sensor and sends sums of its readings, framed and checked.
//
// Wiring
//   Grove VCC (red)    -> 5V        (on a 3.3 V board -> 3V3, and calibrate with that reference)
//   Grove GND (black)  -> GND
//   Grove SIG (yellow) -> A0
//   Electrodes on the middle phalanges of index and middle finger of the same hand.
//   Power the computer from its battery, or through a medical isolator, while somebody wears them.
//   With nobody wearing the sensor, turn its potentiometer until `femo calibrate` reads about 512.
//
// Line
//   F,<seq>,<micros>,<sum>,<n>*<checksum>
//   seq       counts lines from 0; a line that could not be sent in time leaves its number out
//   micros    end of the time summed over, on the board's clock
//   sum, n    sum of n ADC reads (0-1023 each); sum/n is the reading
//   checksum  XOR of every byte before the '*', two hexadecimal digits
//
// A line sums over 100 ms: five cycles of 50 Hz mains, six of 60 Hz. Either hum is gone from the
// mean; sampled ten times a second it would alias to a slow drift that looks like skin.

// 1 sends 1000 lines a second at 500 000 baud: serial:...?baud=500000
#ifndef FEMO_FAST
#define FEMO_FAST 0
#endif

#if FEMO_FAST
const uint32_t BAUD = 500000;
const uint32_t PERIOD_US = 1000;
#else
const uint32_t BAUD = 115200;
const uint32_t PERIOD_US = 100000;
#endif

const uint8_t SENSOR_PIN = A0;
const uint8_t LONGEST_LINE = 52;  // F and four numbers of ten digits, with their separators

uint32_t seq = 0;
uint32_t startUs;

// Division costs an 8-bit board 40 us a digit, which the fast mode does not have.
char *appendNumber(char *at, uint32_t value) {
  static const uint32_t POWERS[] = {1000000000, 100000000, 10000000, 1000000, 100000,
                                    10000,      1000,      100,      10};
  bool started = false;
  for (const uint32_t power : POWERS) {
    char digit = '0';
    while (value >= power) {
      value -= power;
      digit++;
    }
    started = started || digit != '0';
    if (started) *at++ = digit;
  }
  *at++ = '0' + (char)value;
  return at;
}

void sendLine(uint32_t endUs, uint32_t sum, uint32_t n) {
  static const char HEX_DIGITS[] = "0123456789ABCDEF";
  char line[LONGEST_LINE];
  char *at = line;
  *at++ = 'F';
  const uint32_t numbers[] = {seq, endUs, sum, n};
  for (const uint32_t number : numbers) {
    *at++ = ',';
    at = appendNumber(at, number);
  }
  uint8_t checksum = 0;
  for (const char *byte = line; byte < at; byte++) checksum ^= (uint8_t)*byte;
  *at++ = '*';
  *at++ = HEX_DIGITS[checksum >> 4];
  *at++ = HEX_DIGITS[checksum & 15];
  *at++ = '\r';
  *at++ = '\n';
  Serial.write((const uint8_t *)line, at - line);
}

void setup() {
  Serial.begin(BAUD);
  analogRead(SENSOR_PIN);  // the first read after power-up is off
  startUs = micros();
}

void loop() {
  uint32_t sum = 0;
  uint32_t n = 0;
  do {
    sum += analogRead(SENSOR_PIN);
    n++;
  } while (micros() - startUs < PERIOD_US);
  startUs += PERIOD_US;
  sendLine(startUs, sum, n);
  seq++;
  // A computer that does not take the bytes holds up native USB boards.
  while (micros() - startUs >= PERIOD_US) {
    startUs += PERIOD_US;
    seq++;
  }
}
