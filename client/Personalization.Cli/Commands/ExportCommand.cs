using System.CommandLine;
using Personalization.Replay;

namespace Personalization.Cli.Commands;

/// <summary><c>export</c>: what the stream holds into a file that models are trained on.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var kafka = new KafkaArguments();
        var topic = Common.Topic();
        var output = new Argument<string>("file") { Description = "Gets JSON lines; packed when it ends with .gz; - is standard output." };
        var command = new Command("export", "Writes every event that the topic holds now as JSON lines: what models are trained on ('retrain' of models/README.md). Where an event leaves its time to Kafka, or an item its id to the key, the line has it; an item that was removed has a line that says so. A file appears only when it is whole. Example: export events.jsonl.gz --bootstrap-servers localhost:9092")
        {
            output, topic,
        };
        kafka.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Common.RunAsync(
            async () => await ExportAsync(parsed.GetValue(output)!, await kafka.ReadAsync(parsed, cancellationToken), parsed.GetValue(topic)!, cancellationToken),
            cancellationToken));
        return command;
    }

    private static async Task<int> ExportAsync(string path, KafkaConnection kafka, string topicName, CancellationToken cancellationToken)
    {
        var topic = await KafkaTopic.GetAsync(kafka, topicName, cancellationToken);
        using var reader = new KafkaTopicReader(kafka, topic);
        var lines = await JsonLinesFile.WriteWholeAsync(path, stream => Terminal.ProgressAsync("events", reader.Count(), progress => Task.Run(
            () => TopicExport.WriteAsync(reader.Read([], cancellationToken), stream, progress, cancellationToken), cancellationToken)));
        Terminal.Warn($"{lines:N0} events of '{topic.Name}' were written.");
        return ExitCodes.Ok;
    }
}
