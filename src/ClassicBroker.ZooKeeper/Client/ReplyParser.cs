using ClassicBroker.ZooKeeper.Jute;

namespace ClassicBroker.ZooKeeper.Client;

/// <summary>Reads the body of an answer without error.</summary>
internal delegate T ReplyParser<out T>(ref JuteReader body);
