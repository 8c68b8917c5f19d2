// A member of a group on sarama; see README.md for what group members print.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/Shopify/sarama"
)

type member struct{}

func (member) Setup(session sarama.ConsumerGroupSession) error {
	for _, partitions := range session.Claims() {
		fmt.Println("assigned", partitions)
	}
	return nil
}

func (member) Cleanup(sarama.ConsumerGroupSession) error {
	fmt.Println("revoked")
	return nil
}

func (member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		fmt.Println("message", message.Partition, message.Offset, string(message.Value))
		session.MarkMessage(message, "")
	}
	return nil
}

func main() {
	bootstrap, group, topic := os.Args[1], os.Args[2], os.Args[3]
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Offsets.CommitInterval = 100 * time.Millisecond
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.Group.Rebalance.Strategy = sarama.BalanceStrategyRoundRobin

	consumer, err := sarama.NewConsumerGroup([]string{bootstrap}, group, config)
	if err != nil {
		panic(err)
	}
	running, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
	}()
	for running.Err() == nil {
		if err := consumer.Consume(running, []string{topic}, member{}); err != nil {
			fmt.Println("consume failed:", err)
			time.Sleep(200 * time.Millisecond)
		}
	}
	if err := consumer.Close(); err != nil {
		fmt.Println("close failed:", err)
	}
	fmt.Println("left")
}
