// An Arduino Uno in simavr whose A0 is a ramp and whose serial line is a pseudo-terminal.
//
//   uno_with_ramp FIRMWARE.elf PORT_LINK SENT_FILE START_MV MV_PER_S SPOIL_EVERY SPEED
//
// PORT_LINK is made to lead to the pseudo-terminal; SENT_FILE gets every byte that the board sends.
// The voltage at A0 is START_MV + MV_PER_S * (simulated seconds since reset). SPOIL_EVERY = N spoils
// lines on their way to the port, counted from 0: line N-1, 2N-1, ... loses its sixth byte, and
// every other one of these its line end instead, which spoils the next line with it; 0 spoils
// nothing. SPEED is simulated seconds a second; 0 is as fast as it goes.

#define _GNU_SOURCE
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <simavr/avr_adc.h>
#include <simavr/avr_uart.h>
#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

static const uint32_t CPU_HZ = 16000000;
static const uint32_t SUPPLY_MV = 5000;
static const uint64_t SLICE_CYCLES = 16000;  // 1 ms: how closely the board keeps to real time

typedef struct {
  avr_t *avr;
  avr_irq_t *a0;
  double start_mv, mv_per_s;
  FILE *sent;
  int port;
  unsigned long spoil_every, line, byte_of_line;
} board_t;

static void on_conversion(struct avr_irq_t *irq, uint32_t value, void *param) {
  (void)irq, (void)value;
  board_t *board = param;
  const double mv = board->start_mv + board->mv_per_s * board->avr->cycle / CPU_HZ;
  avr_raise_irq(board->a0, mv < 0 ? 0 : mv > SUPPLY_MV ? SUPPLY_MV : (uint32_t)(mv + 0.5));
}

static int is_lost(const board_t *board, char byte) {
  if (board->spoil_every == 0 || (board->line + 1) % board->spoil_every != 0) return 0;
  const int takes_line_end = (board->line + 1) / board->spoil_every % 2 == 0;
  return takes_line_end ? byte == '\r' || byte == '\n' : board->byte_of_line == 5;
}

static void on_byte(struct avr_irq_t *irq, uint32_t value, void *param) {
  (void)irq;
  board_t *board = param;
  const char byte = (char)value;
  fputc(byte, board->sent);
  if (!is_lost(board, byte)) {
    // A wire does not wait: what nobody takes from a full pseudo-terminal is gone.
    const ssize_t written = write(board->port, &byte, 1);
    (void)written;
  }
  board->byte_of_line++;
  if (byte == '\n') {
    fflush(board->sent);
    board->line++;
    board->byte_of_line = 0;
  }
}

static int open_port(const char *link) {
  int ours, theirs;  // theirs stays open, so that the port outlives whoever reads it
  char name[128];
  struct termios raw;
  if (openpty(&ours, &theirs, name, NULL, NULL) < 0) return -1;
  tcgetattr(theirs, &raw);
  cfmakeraw(&raw);
  tcsetattr(theirs, TCSANOW, &raw);
  fcntl(ours, F_SETFL, O_NONBLOCK);
  return symlink(name, link) < 0 ? -1 : ours;
}

static double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 8) return 2;
  elf_firmware_t firmware = {0};
  avr_t *avr = avr_make_mcu_by_name("atmega328p");
  if (avr == NULL || elf_read_firmware(argv[1], &firmware) != 0) return 1;
  firmware.frequency = CPU_HZ;
  firmware.vcc = firmware.avcc = firmware.aref = SUPPLY_MV;
  avr_init(avr);
  avr_load_firmware(avr, &firmware);

  board_t board = {
      .avr = avr,
      .a0 = avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_ADC0),
      .sent = fopen(argv[3], "wb"),
      .start_mv = atof(argv[4]),
      .mv_per_s = atof(argv[5]),
      .spoil_every = strtoul(argv[6], NULL, 10),
  };
  const double speed = atof(argv[7]);
  board.port = open_port(argv[2]);
  if (board.sent == NULL || board.port < 0) {
    perror("uno_with_ramp");
    return 1;
  }
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_ADC_GETIRQ, ADC_IRQ_OUT_TRIGGER),
                          on_conversion, &board);
  uint32_t flags = 0;
  avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS('0'), &flags);
  flags &= ~AVR_UART_FLAG_STDIO;
  avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS('0'), &flags);
  avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT), on_byte,
                          &board);

  const double began_s = now_s();
  const pid_t parent = getppid();
  while (getppid() == parent) {  // whoever started it may be killed
    const uint64_t until = avr->cycle + SLICE_CYCLES;
    while (avr->cycle < until) {
      const int state = avr_run(avr);
      if (state == cpu_Done || state == cpu_Crashed) return 1;
    }
    const double ahead_s = speed > 0 ? avr->cycle / (CPU_HZ * speed) - (now_s() - began_s) : 0;
    if (ahead_s > 0) usleep((useconds_t)(ahead_s * 1e6));
  }
  return 0;
}
