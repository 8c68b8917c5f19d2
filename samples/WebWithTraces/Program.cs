using ClassicBroker.Client;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using WebWithTraces;

// A web application that writes what it is sent to a topic and handles it in the background. One trace leads from the request over the record
// to its handler: POST /orders/42, and the spans of the console share their trace id. Brokers: --Kafka:bootstrap.servers=HOST:PORT.
var builder = WebApplication.CreateSlimBuilder(args);
var kafka = builder.Configuration.GetSection("Kafka");
builder.Services.AddKafkaProducer<string, string>(kafka);
builder.Services.AddKafkaAdmin(kafka);
builder.Services.AddKafkaConsumerService<string, string, OrderHandler>("orders", kafka, options =>
{
    options.Properties["group.id"] = "web";
    options.Properties["auto.offset.reset"] = "earliest";
    options.Topics.Add("web-orders");
});
builder.Services.AddHealthChecks().AddKafka().AddKafkaConsumerService("orders");
builder.Services.AddOpenTelemetry()
    .WithTracing(traces => traces.AddAspNetCoreInstrumentation().AddSource(KafkaTelemetry.Name).AddConsoleExporter())
    .WithMetrics(metrics => metrics.AddMeter(KafkaTelemetry.Name).AddConsoleExporter());

var app = builder.Build();
app.MapPost("/orders/{number}", async (string number, KafkaProducer<string, string> producer, CancellationToken cancellation) =>
    (await producer.ProduceAsync("web-orders", number, "paid", cancellation)).ToString());
app.MapHealthChecks("/health");

// There before the consumer looks for it.
var admin = app.Services.GetRequiredService<AdminClient>();
if ((await admin.ListTopicsAsync()).All(topic => topic.Name != "web-orders"))
{
    (await admin.CreateTopicsAsync([new NewTopic("web-orders")]))[0].ThrowIfFailed();
}

await app.RunAsync();
