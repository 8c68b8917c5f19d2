// A member of a group on segmentio's kafka-go; see README.md for what group members print. It tells of no assignments but by its first
// message.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	bootstrap, group, topic := os.Args[1], os.Args[2], os.Args[3]
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers:           []string{bootstrap},
		GroupID:           group,
		Topic:             topic,
		MinBytes:          1,
		MaxBytes:          1 << 20,
		MaxWait:           200 * time.Millisecond,
		SessionTimeout:    6 * time.Second,
		HeartbeatInterval: 500 * time.Millisecond,
	})
	running, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
	}()
	first := true
	for {
		message, err := reader.FetchMessage(running)
		if running.Err() != nil {
			break
		}
		if err != nil {
			fmt.Println("fetch failed:", err)
			time.Sleep(200 * time.Millisecond)
			continue
		}
		if first {
			fmt.Println("assigned", message.Partition)
			first = false
		}
		fmt.Println("message", message.Partition, message.Offset, string(message.Value))
		if err := reader.CommitMessages(running, message); err != nil {
			fmt.Println("commit failed:", err)
		}
	}
	if err := reader.Close(); err != nil {
		fmt.Println("close failed:", err)
	}
	fmt.Println("left")
}
