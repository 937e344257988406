// The reads that are compared, written as Node's GraphQL servers are usually written: resolvers over
// `pg`, a DataLoader for what hangs on many. One account.
import DataLoader from "dataloader";
import pg from "pg";

const [DATABASE_URL, ACCOUNT_ID] = process.argv.slice(3);
const DATE = 1082;
pg.types.setTypeParser(DATE, (text) => text); // a day has no time zone
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });

export const typeDefs = /* GraphQL */ `
  scalar Money
  scalar Decimal
  scalar Date
  scalar DateTime
  type Task {
    id: ID!
    position: Int!
    description: String
    quantity: Decimal!
    unitPrice: Decimal!
    cost: Decimal
    taxable: Boolean!
  }
  type Invoice {
    id: ID!
    version: Int!
    invoiceNumber: String!
    invoiceDate: Date!
    summary: String
    subtotal: Money!
    salesTax: Money!
    total: Money!
    balance: Money!
    isApplicationForPayment: Boolean!
    exportStatus: String!
    syncStatus: String!
    createdAt: DateTime!
    updatedAt: DateTime!
    tasks: [Task!]!
  }
  type InvoiceEdge {
    cursor: String!
    node: Invoice!
  }
  type InvoiceConnection {
    edges: [InvoiceEdge!]!
  }
  type SaveAndSyncPayload {
    invoice: Invoice!
  }
  type Mutation {
    saveAndSync(invoiceId: ID!, version: Int!, taskId: ID!, unitPrice: Decimal!): SaveAndSyncPayload!
  }
  type Query {
    invoice(id: ID!): Invoice
    invoices(first: Int = 20): InvoiceConnection!
  }
`;

const cents = (text) => Math.round(Number(text) * 100);
const money = (amount) => (amount / 100).toFixed(2);

const asInvoice = (row) => ({
  id: row.id,
  version: row.version,
  invoiceNumber: row.number,
  invoiceDate: row.invoice_date,
  summary: row.summary,
  subtotal: row.subtotal,
  salesTax: row.sales_tax,
  total: money(cents(row.subtotal) + cents(row.sales_tax)),
  balance: money(cents(row.subtotal) + cents(row.sales_tax) - cents(row.applied)),
  isApplicationForPayment: row.is_application_for_payment,
  exportStatus: row.export_status,
  syncStatus: row.sync_status,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const asTask = (row) => ({
  id: row.id,
  position: row.position + 1,
  description: row.description,
  quantity: row.quantity,
  unitPrice: row.unit_price,
  cost: row.cost,
  taxable: row.taxable,
});

export const context = () => ({
  tasks: new DataLoader(async (invoiceIds) => {
    const { rows } = await pool.query({
      name: "tasks",
      text: "select * from task where account_id = $1 and invoice_id = any($2) order by invoice_id, position",
      values: [ACCOUNT_ID, invoiceIds],
    });
    const byInvoice = grouped(rows);
    return invoiceIds.map((id) => (byInvoice.get(id) ?? []).map(asTask));
  }),
});

function grouped(rows) {
  const found = new Map();
  for (const row of rows) {
    if (!found.has(row.invoice_id)) found.set(row.invoice_id, []);
    found.get(row.invoice_id).push(row);
  }
  return found;
}

async function saveAndSync(_, { invoiceId, version, taskId, unitPrice }) {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows: found } = await client.query({
      name: "lock",
      text: "select version from invoice where account_id = $1 and id = $2 for no key update",
      values: [ACCOUNT_ID, invoiceId],
    });
    if (Number(found[0]?.version) !== version) throw new Error("The invoice has changed.");
    await client.query({
      name: "task",
      text: "update task set unit_price = $1 where account_id = $2 and invoice_id = $3 and id = $4",
      values: [unitPrice, ACCOUNT_ID, invoiceId, taskId],
    });
    const { rows } = await client.query({
      name: "save",
      text: `update invoice set version = version + 1, sync_status = 'SYNCING', updated_at = now(),
        subtotal = (select sum(round(quantity * unit_price, 2)) from task
          where account_id = $1 and invoice_id = $2)
        where account_id = $1 and id = $2 returning *`,
      values: [ACCOUNT_ID, invoiceId],
    });
    await client.query({
      name: "job",
      text: `insert into sync_job (account_id, id, invoice_id, connection_id, kind, version, state,
          must_read, attempts, trouble_tries, created_at, updated_at)
        select account_id, uuidv7(), invoice_id, connection_id, 'SYNC', $3, 'QUEUED',
          false, 0, 0, now(), now()
        from quickbooks_link where account_id = $1 and invoice_id = $2
        on conflict (account_id, invoice_id)
          where state in ('QUEUED', 'PLANNED', 'READY', 'RETRY_WAIT', 'BLOCKED')
        do update set version = excluded.version, updated_at = now()`,
      values: [ACCOUNT_ID, invoiceId, version + 1],
    });
    await client.query("commit");
    return { invoice: asInvoice(rows[0]) };
  } catch (fault) {
    await client.query("rollback");
    throw fault;
  } finally {
    client.release();
  }
}

export const resolvers = {
  Mutation: { saveAndSync },
  Query: {
    invoice: async (_, { id }) => {
      const { rows } = await pool.query({
        name: "invoice",
        text: "select * from invoice where account_id = $1 and id = $2",
        values: [ACCOUNT_ID, id],
      });
      return rows.length ? asInvoice(rows[0]) : null;
    },
    invoices: async (_, { first }) => {
      const { rows } = await pool.query({
        name: "invoices",
        text: "select * from invoice where account_id = $1 order by updated_at desc, id desc limit $2",
        values: [ACCOUNT_ID, first + 1],
      });
      return {
        edges: rows.slice(0, first).map((row) => ({
          cursor: Buffer.from(JSON.stringify([row.updated_at, row.id])).toString("base64url"),
          node: asInvoice(row),
        })),
      };
    },
  },
  Invoice: { tasks: (invoice, _, { tasks }) => tasks.load(invoice.id) },
};
