using ClassicBroker.Client;
using HostedService;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Handles orders in the background of an application. An order that fails is tried again after a second, then goes to a dead-letter topic;
// Ctrl-C finishes the order in hand and commits its position. Brokers are named by --Orders:bootstrap.servers=HOST:PORT or appsettings.json.
var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddKafkaConsumerService<string, Order?, OrderHandler>("orders", builder.Configuration.GetSection("Orders"), options =>
{
    options.Properties.TryAdd("group.id", "billing");
    options.Properties.TryAdd("auto.offset.reset", "earliest");
    options.Properties.TryAdd("service.topics", "orders");
    options.Properties.TryAdd("service.retry.delays", "1s");
    options.Properties.TryAdd("service.dead.letter.topic", "{topic}-dead-letter");
});
builder.Services.AddSingleton<IDeserializer<Order?>>(Serdes.Json(OrderJson.Default.Order));
builder.Services.AddHealthChecks().AddKafkaConsumerService("orders");
await builder.Build().RunAsync();
